with source as (
    select * from {{ source('lake', 'batch_flags') }}
)

select * from source
