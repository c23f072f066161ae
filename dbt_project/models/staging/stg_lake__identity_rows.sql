with source as (
    select * from {{ source('lake', 'identity_rows') }}
)

select * from source
