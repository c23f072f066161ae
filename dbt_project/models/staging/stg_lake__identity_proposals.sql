with source as (
    select * from {{ source('lake', 'identity_proposals') }}
)

select * from source
