with source as (
    {{ corrected(source('lake', 'civil_affairs__marriages')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (partition by registration_key order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        registration_key,
        person_key,
        spouse_key,
        -- dates
        registered_date,
        person_birth_date as birth_date,
        -- categories
        registration_code,
        registry_org,
        person_sex_code as sex_code,
        -- flags
        is_cross_province,
        is_counselled,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
